'use strict';

// Checks the app against Zapier's published schema, without asking Zapier: `npm run validate`.

const { validateAppDefinition } = require('zapier-platform-schema');

/** A definition as the schema wants it: each function is the word for one. */
const plain = (part) => {
  if (typeof part === 'function') return `$func$${part.length}$f$`;
  if (Array.isArray(part)) return part.map(plain);
  if (part === null || typeof part !== 'object') return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, plain(value)]));
};

/** What is wrong with a definition, a line each. */
const problems = (definition) =>
  validateAppDefinition(plain(definition)).errors.map((error) => error.stack);

if (require.main === module) {
  const found = problems(require('./index'));
  found.forEach((line) => console.error(line));
  process.exitCode = found.length ? 1 : 0;
}

module.exports = { problems };
