import manifest from '../package.json' with { type: 'json' };

/** The version of the server, as its answers and the API page show it. */
export const VERSION: string = manifest.version;
