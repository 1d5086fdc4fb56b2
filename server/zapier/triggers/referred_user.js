'use strict';

const { trigger } = require('../events');
const { event, lead, referrer } = require('../samples');

module.exports = trigger({
  key: 'referred_user',
  noun: 'Referred User',
  label: 'New Referred User',
  description: 'Triggers when a friend of a referrer signs up.',
  type: 'lead.created',
  kinds: ['lead', 'referrer'],
  sample: event({ lead, referrer }),
});
