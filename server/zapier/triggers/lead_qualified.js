'use strict';

const { trigger } = require('../events');
const { conversion, event, lead, referrer } = require('../samples');

module.exports = trigger({
  key: 'lead_qualified',
  noun: 'Qualified Lead',
  label: 'Lead Qualified',
  description: 'Triggers when a referred user does what the campaign asks for.',
  type: 'lead.qualified',
  kinds: ['lead', 'referrer', 'conversion'],
  sample: event({ lead: { ...lead, status: 'qualified' }, referrer, conversion }),
});
