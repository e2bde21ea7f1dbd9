/** The three commands that bring one endpoint online under an address. */
export type AddressCommandName = 'http' | 'tcp' | 'tls';

/** Those, and the one that does it by labels. */
export type EndpointCommandName = AddressCommandName | 'tunnel';
