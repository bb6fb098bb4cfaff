export { createServer, type GODServer, type RequestLog, type ServerOptions } from './server.ts';
export type { ImageEncoder } from './vectors.ts';
