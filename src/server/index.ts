export { createServer, type GODServer, type RequestLog, type ServerOptions } from './server.ts';
