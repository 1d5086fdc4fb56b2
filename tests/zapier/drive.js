'use strict';

// Runs the app as Zapier would: each line of stdin names a method and its bundle, each line of
// stdout says what came of it, or with what error.

const path = require('node:path');
const readline = require('node:readline');

console.log = () => {}; // The tester notes its memory there, among the answers.

const folder = process.argv[2];
const App = require(folder);
const zapier = require(path.join(folder, 'node_modules', 'zapier-platform-core'));

const appTester = zapier.createAppTester(App);

const methodOf = (name) => name.split('.').reduce((part, step) => part[step], App);

const run = async ({ method, bundle }) => {
  try {
    return { result: await appTester(methodOf(method), bundle) };
  } catch (error) {
    return { error: { name: error.name, message: error.message } };
  }
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);
  }
})();
