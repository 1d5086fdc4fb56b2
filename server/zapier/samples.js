'use strict';

// What the editor shows before anything has happened: the shapes of the API's own answers.

const campaign_id = 'camp_019aa0c5c1a2b3c4d5e6f708192a3b4c';
const joined_at = '2026-11-20T09:30:12.000Z';

const lead = {
  id: 'lead_019aa0c6024b7f1e2d3c4b5a69788796',
  code: '4J8SD2KQ7W0XN5RC',
  status: 'pending',
  email: 'grace@example.org',
  name: 'Grace',
  customer: 'c-77',
  joined_at,
};

const referrer = {
  id: 'ref_019aa0c5d0c07f1e2d3c4b5a69788796',
  code: 'ada',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
};

const conversion = {
  id: 'conv_019aa0c6200d7f1e2d3c4b5a69788796',
  event: 'purchase',
  order: '1042',
  amount: '49.00',
  currency: 'EUR',
};

const reward = {
  id: 'rwd_019aa0c6200d7f1e2d3c4b5a69788796',
  recipient: 'referrer',
  amount: '10.00',
  currency: 'EUR',
  unit: null,
  issue_after: '2026-12-20T09:31:00.000Z',
};

/** An event about some of these things. */
const event = (things, occurred_at = joined_at) => ({
  id: 'act_019aa0c6024b7f1e2d3c4b5a69788796',
  campaign_id,
  occurred_at,
  ...things,
});

/** A lead and a referrer as the API answers them. */
const apiLead = {
  id: lead.id,
  campaign_id,
  created_at: joined_at,
  status: 'pending',
  reason: null,
  email: lead.email,
  name: lead.name,
  customer: lead.customer,
  code: lead.code,
  referrer_id: referrer.id,
  source: 'api',
  joined_at,
  converted_at: null,
};

const apiReferrer = {
  id: referrer.id,
  campaign_id,
  created_at: '2026-11-20T09:30:00.000Z',
  status: 'active',
  email: referrer.email,
  name: referrer.name,
  code: referrer.code,
  link: 'https://shop.example/?ref=ada',
  hop_link: 'https://go.shop.example/r/shop/ada',
  referrals: 0,
  referrals_successful: 0,
};

module.exports = { apiLead, apiReferrer, conversion, event, lead, referrer, reward };
