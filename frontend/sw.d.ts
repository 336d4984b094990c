/** What the server writes above sw.js. */
declare const VERSION: string;
declare const FILES: string[];
