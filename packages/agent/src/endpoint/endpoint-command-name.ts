/** The three commands that bring one endpoint online. */
export type EndpointCommandName = 'http' | 'tcp' | 'tls';
