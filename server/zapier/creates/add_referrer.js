'use strict';

const { campaign } = require('../fields');
const { call } = require('../http');
const { apiReferrer } = require('../samples');

/** Whoever is a referrer already, by e-mail, is answered as they are. */
const perform = async (z, bundle) => {
  const { email, name, code, campaign_id } = bundle.inputData;
  return call(z, bundle, 'POST', '/referrers', { body: { email, name, code, campaign_id } });
};

module.exports = {
  key: 'add_referrer',
  noun: 'Referrer',
  display: {
    label: 'Add Referrer',
    description: 'Makes somebody a referrer, with a link of their own to share.',
  },
  operation: {
    inputFields: [
      { key: 'email', label: 'Email', required: true },
      { key: 'name', label: 'Name' },
      {
        key: 'code',
        label: 'Vanity Code',
        helpText: 'The word in their link, such as `ada`. Left empty, they get a signed code.',
      },
      campaign,
    ],
    perform,
    sample: apiReferrer,
  },
};
