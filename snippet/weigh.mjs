// Prints what each feature of gw.js weighs: the script is built without it, nothing is written.
import { readFileSync } from 'node:fs';
import { brotli, bundle } from './build.mjs';

/** Feature, and where its code stands: file, text, and what is left without it. */
const FEATURES = [
  ['what `ready` tells, and after it', ['visit.ts', /return \{\n    code: [^]*?\n  \};/, 'return hit;']],
  [
    'addresses without what may be personal',
    ['visit.ts', /  \[\.\.\.params\.keys[^]*?\n  \);\n/, ''],
  ],
  ['keys that hide the person', ['report.ts', /    const hash = [^]*?;\n/, 'const hash = 0;']],
  ['links to other hosts', ['page.ts', /  if \(\n    anchor\?[^]*?link\(anchor\.href\);\n/, '']],
  ['forms', ['page.ts', /  if \(formData && [^]*?\n  \}\n/, '']],
  ['Stripe', ['page.ts', /  document\.querySelectorAll[^]*?\n  \}\);\n/, '']],
  [
    'a visitor nobody referred: only a count leaves',
    ['outbox.ts', /        if \(!report\.c && !report\.p\.sig\) \{[^]*?\n        \}\n/, ''],
  ],
  ['a clean address bar', ['visit.ts', /  if \(carried \|\| leadCode\) \{[^]*?\n  \}\n/, '']],
  [
    'a router that was faster',
    ['visit.ts', /\n    url\.search \+ [^]*?,\n  \);/, 'url.search);'],
  ],
  [
    'Global Privacy Control',
    ['storage.ts', /settings\.gpc != 'off' && [^]*?: 2/, '2'],
    ['visit.ts', /      g: [^]*?\n/, ''],
  ],
  [
    'what was reported before consent is kept for it',
    ['outbox.ts', /  const held = pending\(\);\n/, ''],
    ['outbox.ts', /  Object\.keys\(held\)[^]*?;\n/, ''],
  ],
  [
    'a call is told why nothing is sent',
    ['outbox.ts', /throw \{ status: level \? 'full' : 'consent' \}/, 'throw 0'],
  ],
  [
    'wiping cookies of all domains',
    ['storage.ts', /  location\.hostname\.replace[^]*?;\n/, "  writeCookie('');\n"],
  ],
  [
    'tag health: where the token is kept',
    ['outbox.ts', /      if \(report\.t\) report\.h = health\(\);\n/, ''],
  ],
  [
    'limits of the outbox',
    ['outbox.ts', /Object\.keys\(reports\)\[20\] \|\| text\[8e3\] \|\| /, ''],
    ['outbox.ts', /report\.i > Date\.now\(\) - DAYS_7/, 'true'],
  ],
  ['test codes', ['outbox.ts', /answer\.x \? '' : /, '']],
  [
    'done-keys',
    ['outbox.ts', / && !read\('d'\)\?\.includes\(id\)/, ''],
    ['outbox.ts', /      write\('d', [^]*?;\n/, ''],
  ],
  ['orders wait for the hit', ['outbox.ts', /        if \(hit\?\.error\) throw hit;\n/, '']],
  [
    'carried tokens only when fresh',
    ['visit.ts', /\(Date\.now\(\) \/ 1000 - parseInt\(age, 36\)\) \*\* 2 < 300 \*\* 2 && /, ''],
  ],
  ['dialogs', ['report.ts', /each\.closest\('dialog'\)\?\.open != false && /, '']],
  ['pages rendered ahead', ['gw.ts', /  if \(\(document as any\)\.prer[^]*?;\n/, ''], ['gw.ts', / prerenderingchange/, '']],
  ['two campaigns on a page', ['calls.ts', /\(call, earlier[^]*?\?\? earlier/, 'run']],
  ['cookies are secure on https', ['storage.ts', / \+\n    \/\/ No other[^]*?'secure'\);/, ';']],
  [
    'a storage that is full or missing',
    ['storage.ts', /    \(store = shared\)\[key\(name\)\] = value;\n/, ''],
    ['storage.ts', /    level = 3;\n    store = shared;\n/, ''],
  ],
  ['`data-api`', ['outbox.ts', /settings\.api \? settings\.api \+ '\/e' : /, '']],
  ['`data-credentials`', ['outbox.ts', /settings\.credentials \|\| 'omit'/, "'omit'"]],
  ['the site key behind the address', ['settings.ts', / \|\| src\.split\('#'\)\[1\]/, '']],
];

/** An esbuild plugin that changes a file of the source as it is read. */
const without = (changes) => ({
  name: 'without',
  setup: (build) =>
    build.onLoad({ filter: /src\/\w+\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const [file, text, left] of changes.filter(([file]) => path.endsWith('/' + file))) {
        if (!text.test(contents)) throw new Error(`${file} has no ${text}`);
        contents = contents.replace(text, left);
      }
      return { contents, loader: 'ts' };
    }),
});

const brotliOf = async (plugins = []) => brotli(await bundle('gw.ts', plugins)).length;

const whole = await brotliOf();
console.log(`gw.js: ${whole} bytes brotli; without:`);
for (const [feature, ...changes] of FEATURES)
  console.log(String(whole - (await brotliOf([without(changes)]))).padStart(5), feature);
const all = FEATURES.flatMap(([, ...changes]) => changes);
console.log(`${await brotliOf([without(all)])} bytes are left without any of them`);
