'use strict';

// The field that every trigger and action has.

const campaign = {
  key: 'campaign_id',
  label: 'Campaign',
  dynamic: 'campaign.id.name',
  helpText: 'Needed only where your API key is for every campaign and there are several.',
};

module.exports = { campaign };
