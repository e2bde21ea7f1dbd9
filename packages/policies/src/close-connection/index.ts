export { closeConnection } from './close-connection.ts';
