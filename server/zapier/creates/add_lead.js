'use strict';

const { campaign } = require('../fields');
const { call, firstOf } = require('../http');
const { apiLead } = require('../samples');

/** Whoever is a lead already, by e-mail or customer, keeps the first referrer. */
const perform = async (z, bundle) => {
  const { inputData: input } = bundle;
  const referrer = firstOf(input, 'referral_code', 'referrer_id');
  if (!Object.keys(referrer).length) {
    throw new z.errors.Error('Name the referrer by their code or their ID', 'bad_field');
  }
  const { email, name, customer, campaign_id } = input;
  const body = { ...referrer, email, name, customer, campaign_id };
  return call(z, bundle, 'POST', '/leads', { body });
};

module.exports = {
  key: 'add_lead',
  noun: 'Lead',
  display: {
    label: 'Add Lead',
    description: 'Adds somebody whom a referrer has brought.',
  },
  operation: {
    inputFields: [
      {
        key: 'referral_code',
        label: 'Referral Code',
        helpText: "The referrer's code, as it is in their link. Fill in this or the ID.",
      },
      { key: 'referrer_id', label: 'Referrer ID' },
      { key: 'email', label: 'Lead Email' },
      { key: 'name', label: 'Lead Name' },
      { key: 'customer', label: 'Lead Customer ID', helpText: 'Your own ID of this person.' },
      campaign,
    ],
    perform,
    sample: apiLead,
  },
};
