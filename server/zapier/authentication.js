'use strict';

const { call } = require('./http');

/** Connected is whoever sees a campaign, or may make the first one. */
const test = async (z, bundle) => {
  const page = await call(z, bundle, 'GET', '/campaigns', { params: { limit: 2 } });
  if (!Array.isArray(page && page.data)) {
    throw new z.errors.Error('No goodword answers at this address', 'bad_address');
  }
  const { host } = new URL(bundle.authData.baseUrl.trim());
  const name = page.data.length === 1 ? page.data[0].name : 'every campaign';
  return { label: `${name} at ${host}` };
};

module.exports = {
  type: 'custom',
  test,
  connectionLabel: '{{bundle.inputData.label}}',
  fields: [
    {
      key: 'baseUrl',
      label: 'Address of your goodword',
      required: true,
      placeholder: 'https://go.shop.example',
      helpText: 'Where your own goodword runs, as its admin pages show it.',
    },
    {
      key: 'apiKey',
      label: 'API key',
      type: 'password',
      required: true,
      helpText:
        'Make one under *Set-up, Integrations and API, API keys*, for *Read and write*. It is shown once.',
    },
  ],
};
