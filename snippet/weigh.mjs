// Prints what each feature of gw.js weighs: the script is built without it, nothing is written.
import { readFileSync } from 'node:fs';
import { brotli, bundle } from './build.mjs';

/** Feature, and where its code stands: file, text, and what is left without it. */
const FEATURES = [
  ['what `ready` tells, and after it', ['visit.ts', /return \{\n    code: [^]*?\n  \};/, 'return visit;']],
  [
    'a visitor nobody referred: only a count leaves',
    ['outbox.ts', /      if \(!report\.c && !report\.p\.sig\) \{[^]*?\n      \}\n/, ''],
  ],
  ['links to other hosts', ['page.ts', /  if \(\n    anchor &&[^]*?link\(anchor\.href\);\n/, '']],
  ['Stripe', ['page.ts', /  for \(const each of document[^]*?value\);\n/, '']],
  [
    'keys that hide the person',
    ['report.ts', /    for \(const each of ''[^]*?\| 0;\n/, ''],
  ],
  ['the call `link`', ['page.ts', /  token\n    \? addParam[^]*?visit\.c\);/, 'String(address);']],
  [
    'addresses without what may be personal',
    ['visit.ts', /  for \(const name of \[\.\.\.params[^]*?delete\(name\);\n/, ''],
  ],
  ['carried tokens', ['visit.ts', /  if \(age\) \{[^]*?\n  \}\n/, '']],
  ['forms', ['page.ts', /  if \(formData && [^]*?\n  \}\n/, '']],
  [
    'a router that was faster',
    ['visit.ts', /performance\.getEntriesByType\('navigation'\)\[0\]\?\.name \|\| url/, 'url'],
  ],
  ['pages rendered ahead', ['calls.ts', /  if \(\(document as any\)\.prer[^]*?else begin/, '  begin']],
  [
    'done-keys',
    ['outbox.ts', / && !read\('d'\)\.includes\(id \+ '\\n'\)/, ''],
    ['outbox.ts', /if \(report\.p\) write\('d'[^]*?else \{/, 'if (!report.p) {'],
  ],
  ['cookie and localStorage restore each other', ['storage.ts', / \|\| readCookie\(\) \|\| read\(''\)/, '']],
  ['a clean address bar', ['visit.ts', /  if \(carried \|\| visit\.l\) \{[^]*?\n  \}\n/, '']],
  ['wiping cookies of all domains', ['storage.ts', /  do writeCookie[^]*?;\n  while[^]*?;\n/, '']],
  ['Global Privacy Control', ['settings.ts', /settings\.gpc != 'off' && [^]*?: 2/, '2']],
  [
    'orders wait for the hit',
    ['outbox.ts', /      if \(read\('q'\)\.includes[^]*?throw report;\n/, ''],
  ],
  ['dialogs', ['report.ts', /!each\.closest\('dialog:not\(\[open\]\)'\) && /, '']],
  [
    'limits of the outbox',
    ['outbox.ts', /return Object\.keys\(reports\)\[20\] \|\| text\[8192\] \|\| /, ''],
    ['outbox.ts', /report\.i! > Date\.now\(\) - DAYS_7 && /, ''],
  ],
  ['two campaigns on a page', ['calls.ts', /    const earlier = push[^]*?\?\? earlier/, '    return run(call)']],
  ['`data-credentials`', ['outbox.ts', /settings\.credentials \|\| 'omit'/, "'omit'"]],
  ['`data-api`', ['settings.ts', /from\.api \? from\.api \+ '\/e' : /, '']],
  ['test codes', ['outbox.ts', /        if \(answer\.x\)[^]*?;\n/, '']],
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

const whole = brotli(await bundle('gw.entry.ts')).length;
console.log(`gw.js: ${whole} bytes brotli; without:`);
for (const [feature, ...changes] of FEATURES) {
  const code = await bundle('gw.entry.ts', 'iife', [without(changes)]);
  console.log(String(whole - brotli(code).length).padStart(5), feature);
}
