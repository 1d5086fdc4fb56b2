// Prints what each feature of gw.js, or of the script that is named, weighs: it is built without
// that feature, nothing is written.
import { readFileSync } from 'node:fs';
import { brotli, bundle } from './build.mjs';

/** Feature, and where its code stands: file, text, and what is left without it. */
const FEATURES = [
  ['what `ready` tells, and after it', ['visit.ts', /reply\(\{\n    code: [^]*?\} as Visit\);/, 'reply(hit);']],
  ['addresses without what may be personal', ['visit.ts', /    arrived\.forEach\([^]*?\}\);\n/, '']],
  [
    'keys that hide the person',
    ['report.ts', /    for \(const each of JSON[^]*?;\n/, ''],
  ],
  ['links to other hosts', ['page.ts', /  if \(\n    anchor\?[^]*?link\(anchor\.href\);\n/, '']],
  ['forms', ['page.ts', /  if \(formData && [^]*?\n  \}\n/, '']],
  ['Stripe', ['page.ts', /  document\.querySelectorAll[^]*?\n  \}\);\n/, '']],
  [
    'a visitor nobody referred: only a count leaves',
    ['outbox.ts', /\(known\n\s+\? post\(report\)\n\s+: [^]*?\)\);/, 'post(report);'],
  ],
  ['a clean address bar', ['visit.ts', /    if \(carried \|\| leadCode\)\n[^]*?\n      \);\n/, '']],
  [
    'a router that was faster',
    ['visit.ts', /location\.search \+ [^]*?,\n    \);/, 'location.search);'],
  ],
  [
    'Global Privacy Control',
    ['storage.ts', /settings\.gpc != 'off' && [^]*?: 2/, '2'],
    ['visit.ts', /        g: [^]*?\n/, ''],
  ],
  [
    'what was reported before consent is kept for it',
    ['storage.ts', /  const held = pending\(\);\n/, ''],
    ['storage.ts', /  for \(const id in held\)[^]*?;\n/, ''],
  ],
  [
    'wiping cookies of all domains',
    ['storage.ts', /  location\.hostname\.replace[^]*?;\n/, "  writeCookie('', '');\n"],
  ],
  ['tag health: where the token is kept', ['outbox.ts', /    report\.h = health\(\);\n/, '']],
  [
    'limits of the outbox',
    ['storage.ts', /text\[8e3\] \|\| Object\.keys\(reports\)\[20\] \|\| /, ''],
    ['outbox.ts', /report\.i > Date\.now\(\) - DAYS_7/, 'true'],
  ],
  ['test codes', ['outbox.ts', /answer\.x \? '' : /, '']],
  [
    'done-keys',
    ['outbox.ts', / && !store\[DONE\]\?\.includes\(id\)/, ''],
    ['outbox.ts', /      if \(known\) write\(DONE, [^]*?;\n/, ''],
  ],
  ['orders wait for the hit', ['outbox.ts', /      if \(!report\.t && hit[^]*?throw hit;\n/, '']],
  [
    'carried tokens only when fresh',
    ['visit.ts', /\(Date\.now\(\) \/ 1000 - parseInt\(age, 36\)\) \*\* 2 < 300 \*\* 2 && /, ''],
  ],
  ['dialogs', ['report.ts', /each\.closest\('dialog'\)\?\.open != false && /, '']],
  ['pages rendered ahead', ['page.ts', /  if \(\(document as any\)\.prerendering\) return;\n/, ''], ['gw.ts', / prerenderingchange/, '']],
  ['cookies are secure on https', ['storage.ts', / \+\n    \/\/ No other[^]*?'secure'\);/, ';']],
  [
    'a storage that is full or missing',
    ['storage.ts', /    \(store = shared\)\[name\] = value;\n/, ''],
    ['storage.ts', /    level = -2;\n/, ''],
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

const script = process.argv[2] || 'gw';
const brotliOf = async (plugins = []) => brotli(await bundle(`${script}.ts`, plugins)).length;

const whole = await brotliOf();
console.log(`${script}.js: ${whole} bytes brotli; without:`);
for (const [feature, ...changes] of FEATURES)
  console.log(String(whole - (await brotliOf([without(changes)]))).padStart(5), feature);
const all = FEATURES.flatMap(([, ...changes]) => changes);
console.log(`${await brotliOf([without(all)])} bytes are left without any of them`);
