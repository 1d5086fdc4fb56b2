'use strict';

const { campaign } = require('../fields');
const { call, firstOf } = require('../http');
const { apiLead } = require('../samples');

const MOST = 10;

const perform = async (z, bundle) => {
  const { inputData: input } = bundle;
  const named = firstOf(input, 'code', 'email');
  if (!Object.keys(named).length) {
    throw new z.errors.Error('Name the lead by its code or its email', 'bad_field');
  }
  const params = { ...named, campaign_id: input.campaign_id, limit: MOST };
  return (await call(z, bundle, 'GET', '/leads', { params })).data;
};

module.exports = {
  key: 'find_lead',
  noun: 'Lead',
  display: {
    label: 'Find Lead',
    description: 'Finds a referred user by lead code or email.',
  },
  operation: {
    inputFields: [
      { key: 'code', label: 'Lead Code', helpText: 'Of code and email the code counts.' },
      { key: 'email', label: 'Lead Email' },
      campaign,
    ],
    perform,
    sample: apiLead,
  },
};
