'use strict';

// The goodword app for Zapier: what Zapier may see of an installation, and do in it.

const { version: platformVersion } = require('zapier-platform-core');

const { version } = require('./package.json');
const authentication = require('./authentication');
const { addKey, explain } = require('./http');

const byKey = (parts) => Object.fromEntries(parts.map((part) => [part.key, part]));

module.exports = {
  version,
  platformVersion,
  authentication,
  beforeRequest: [addKey],
  afterResponse: [explain],
  triggers: byKey([
    require('./triggers/referred_user'),
    require('./triggers/lead_qualified'),
    require('./triggers/reward_ready'),
    require('./triggers/campaign'),
  ]),
  creates: byKey([
    require('./creates/qualify_user'),
    require('./creates/add_referrer'),
    require('./creates/add_lead'),
  ]),
  searches: byKey([require('./searches/find_lead')]),
};
