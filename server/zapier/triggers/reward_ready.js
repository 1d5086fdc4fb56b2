'use strict';

const { trigger } = require('../events');
const { event, lead, referrer, reward } = require('../samples');

module.exports = trigger({
  key: 'reward_ready',
  noun: 'Reward',
  label: 'Reward Ready',
  description: 'Triggers when a reward may be paid: its time has come and every check was repeated.',
  type: 'reward.ready',
  kinds: ['reward', 'lead', 'referrer'],
  sample: event({ reward, lead: { ...lead, status: 'qualified' }, referrer }, reward.issue_after),
});
