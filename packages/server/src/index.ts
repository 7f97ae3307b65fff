export { type Config, ConfigError, type Environment, loadConfig } from './config.ts';
export { type RunningServer, startServer, type StartOptions } from './main.ts';
export { VERSION } from './version.ts';
