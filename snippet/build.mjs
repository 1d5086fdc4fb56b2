// Builds what the server serves (committed) and the npm module (not committed).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const SERVED = join(here, '../server/goodword/web/scripts');
export const SCRIPTS = ['gw', 'thanks', 'embed'];

/** What an entry of src/ is made of, not yet minified. */
async function assemble(entry, options) {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src', entry)],
    bundle: true,
    write: false,
    target: 'es2021',
    minifySyntax: true,
    tsconfigRaw: {},
    define: { VERSION: JSON.stringify(version) },
    ...options,
  });
  return outputFiles[0].text;
}

async function shrink(text, module = false) {
  const { code } = await minify(text, {
    ecma: 2021,
    module,
    toplevel: true,
    compress: {
      passes: 5,
      unsafe_arrows: true,
      unsafe_methods: true,
      keep_fargs: false,
      // Comparisons read alike everywhere, which compresses better than each in its own order.
      lhs_constants: false,
    },
    mangle: true,
    format: { comments: false },
  });
  return code;
}

/** One entry of src/ as one minified file for a script tag. */
export const bundle = async (entry, plugins = []) =>
  enclose(await shrink(await assemble(entry, { format: 'iife', plugins })));

/** The minifier unwraps a function that it sees no need for; its names would be the page's. */
const enclose = (code) => (code.startsWith('(()=>{') ? code : `(()=>{${code}})();`);

/** `tag.ts` for the module: `init` gives the settings, there is no script element. */
const tagOfModule = {
  name: 'tag',
  setup: (build) =>
    build.onLoad({ filter: /src\/tag\.ts$/ }, () => ({
      contents: "export const settings = OPTIONS, src = '';",
    })),
};

/** The module for npm: the script as a function that `init` calls. */
export async function bundleModule() {
  const script = await assemble('gw.ts', { format: 'iife', plugins: [tagOfModule] });
  const module = await assemble('index.ts', { format: 'esm' });
  return shrink(`const runTag = (OPTIONS) => {${script}};${module}`, true);
}

export const brotli = (text) =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

export const gzip = (text) => gzipSync(text, { level: 9 });

function publish(folder, name, code) {
  const br = brotli(code);
  const gz = gzip(code);
  writeFileSync(join(folder, name), code);
  writeFileSync(join(folder, name + '.br'), br);
  writeFileSync(join(folder, name + '.gz'), gz);
  const integrity = 'sha384-' + createHash('sha384').update(code).digest('base64');
  return { integrity, bytes: Buffer.byteLength(code), br: br.length, gz: gz.length };
}

/** Writes this version beside the earlier ones, which stay, and makes it the current one. */
export async function publishServed(folder = SERVED) {
  mkdirSync(folder, { recursive: true });
  const list = join(folder, 'gw.versions.json');
  const versions = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : { files: {} };
  for (const script of SCRIPTS) {
    const name = `${script}.${version}.js`;
    versions.files[name] = publish(folder, name, await bundle(`${script}.ts`));
  }
  versions.current = Object.fromEntries(SCRIPTS.map((script) => [script, version]));
  const { current, files } = versions;
  writeFileSync(list, JSON.stringify({ current, files }, null, 2) + '\n');
}

async function publishModule(folder = join(here, 'dist')) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'goodword.js'), await bundleModule());
  execFileSync(process.execPath, [
    join(here, 'node_modules/typescript/bin/tsc'),
    ...['--project', here, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly'],
    ...['--outDir', join(folder, 'types')],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await publishServed(process.argv[2]);
  if (!process.argv[2]) await publishModule();
}
