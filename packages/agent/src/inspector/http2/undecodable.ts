/** What passed is not HTTP/2, or more than is looked at. The message is a phrase of ours that repeats no input. */
export class Undecodable extends Error {}
