// Prints a page that React rendered on the server, and the script that hydrates it, as JSON.
import { build } from 'esbuild';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { App } from './app.mjs';

const { outputFiles } = await build({
  entryPoints: ['hydrate.client.mjs'],
  bundle: true,
  write: false,
  format: 'iife',
  define: { 'process.env.NODE_ENV': '"development"' },
});
const page = { html: renderToString(createElement(App)), script: outputFiles[0].text };
process.stdout.write(JSON.stringify(page));
