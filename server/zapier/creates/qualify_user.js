'use strict';

const { campaign } = require('../fields');
const { call, firstOf } = require('../http');
const { apiLead } = require('../samples');

/** Whoever is qualified already stays so, and is answered the same. */
const perform = async (z, bundle) => {
  const { inputData: input } = bundle;
  const named = firstOf(input, 'code', 'id', 'email');
  if (!Object.keys(named).length) {
    throw new z.errors.Error('Name the lead by its code, its ID or its email', 'bad_field');
  }
  const body = { qualified: true, ...named, campaign_id: input.campaign_id };
  return call(z, bundle, 'PUT', '/leads/qualification', { body });
};

module.exports = {
  key: 'qualify_user',
  noun: 'Lead',
  display: {
    label: 'Qualify User',
    description: 'Qualifies a referred user, so that the rewards for the referral fall due.',
  },
  operation: {
    inputFields: [
      {
        key: 'code',
        label: 'Lead Code',
        helpText:
          "The lead's own code, which your site got as `lead=` or `gw_lead` and the trigger *New Referred User* brings; not the referrer's. Fill in one of these three: of several the first one counts.",
      },
      { key: 'id', label: 'Lead ID' },
      { key: 'email', label: 'Lead Email' },
      campaign,
    ],
    perform,
    sample: { ...apiLead, status: 'qualified', converted_at: '2026-11-20T09:31:00.000Z' },
  },
};
