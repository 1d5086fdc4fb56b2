// Prints what the served scripts weigh.
import { readFileSync } from 'node:fs';
import { SCRIPTS, brotli, bundle, bundleModule, gzip } from './build.mjs';

const row = (name, ...cells) =>
  console.log(name.padEnd(12) + cells.map((cell) => String(cell).padStart(8)).join(''));

row('script', 'raw', 'gzip', 'brotli');
for (const script of SCRIPTS) {
  const code = await bundle(`${script}.ts`);
  row(`${script}.js`, Buffer.byteLength(code), gzip(code).length, brotli(code).length);
}
const module = await bundleModule();
row('module', Buffer.byteLength(module), gzip(module).length, brotli(module).length);
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
console.log(`version ${version}`);
