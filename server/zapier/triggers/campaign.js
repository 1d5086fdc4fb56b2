'use strict';

const { call } = require('../http');

const MOST = 250; // One page of the API.

const perform = async (z, bundle) => {
  const page = await call(z, bundle, 'GET', '/campaigns', { params: { limit: MOST } });
  return page.data.map(({ id, name }) => ({ id, name }));
};

module.exports = {
  key: 'campaign',
  noun: 'Campaign',
  display: {
    label: 'List of Campaigns',
    description: 'Fills the drop-down of the Campaign field.',
    hidden: true,
  },
  operation: {
    perform,
    sample: { id: 'camp_019aa0c5c1a2b3c4d5e6f708192a3b4c', name: 'Shop' },
  },
};
