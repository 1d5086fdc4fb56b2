'use strict';

// A trigger that goodword calls by webhook: subscribed when a Zap is turned on, ended when it is
// turned off. What the webhook brings and what the editor is shown have one and the same shape.

const { call } = require('./http');
const { campaign } = require('./fields');

const SAMPLES = 3; // Zapier's editor shows no more.

/** What an event tells of each thing it is about, with the label of each field. */
const THINGS = {
  lead: {
    id: 'Lead ID',
    code: 'Lead code',
    status: 'Lead status',
    email: 'Lead email',
    name: 'Lead name',
    customer: 'Lead customer ID',
    joined_at: 'Lead joined at',
  },
  referrer: {
    id: 'Referrer ID',
    code: 'Referrer code',
    email: 'Referrer email',
    name: 'Referrer name',
  },
  conversion: {
    id: 'Conversion ID',
    event: 'Conversion event',
    order: 'Conversion order',
    amount: 'Conversion amount',
    currency: 'Conversion currency',
  },
  reward: {
    id: 'Reward ID',
    recipient: 'Reward recipient',
    amount: 'Reward amount',
    currency: 'Reward currency',
    unit: 'Reward unit',
    issue_after: 'Reward issue after',
  },
};

/** One thing with exactly its fields; each is null where the event is about none. */
const pick = (kind, thing) =>
  Object.fromEntries(Object.keys(THINGS[kind]).map((field) => [field, thing?.[field] ?? null]));

const shape = (kinds, { id, campaign_id, at, things }) => ({
  id,
  campaign_id,
  occurred_at: at,
  ...Object.fromEntries(kinds.map((kind) => [kind, pick(kind, things[kind])])),
});

/** What a webhook brought. Nothing for an event of another type, such as a test from the admin. */
const taken = (type, kinds) => (z, bundle) => {
  const { type: said, timestamp: at, data } = bundle.cleanedRequest;
  if (said !== type) return [];
  return [shape(kinds, { id: data.id, campaign_id: data.campaign_id, at, things: data })];
};

/** The last events of the log, newest first, each as its webhook brought it. */
const listed = (type, kinds) => async (z, bundle) => {
  const { campaign_id } = bundle.inputData;
  const params = { type, campaign_id, limit: SAMPLES };
  const { data: lines } = await call(z, bundle, 'GET', '/activity', { params });
  return Promise.all(lines.map((line) => whole(z, bundle, kinds, line)));
};

const whole = async (z, bundle, kinds, line) => {
  const found = kinds.map(async (kind) => [kind, await one(z, bundle, kind, line[`${kind}_id`])]);
  const things = Object.fromEntries(await Promise.all(found));
  return shape(kinds, { ...line, at: line.created_at, things });
};

const one = async (z, bundle, kind, id) =>
  id ? call(z, bundle, 'GET', `/${kind}s/${id}`, { orNothing: true }) : undefined;

const subscribe = (type) => async (z, bundle) => {
  const { campaign_id } = bundle.inputData;
  const body = { url: bundle.targetUrl, events: [type], campaign_id };
  const { id } = await call(z, bundle, 'POST', '/webhooks', { body });
  return { id }; // Not the secret: the address itself is Zapier's, and nobody else knows it.
};

/** Done as well where the webhook is gone already. */
const unsubscribe = async (z, bundle) => {
  await call(z, bundle, 'DELETE', `/webhooks/${bundle.subscribeData.id}`, { orNothing: true });
  return {};
};

const outputFields = (kinds) => [
  { key: 'id', label: 'Event ID', primary: true },
  { key: 'campaign_id', label: 'Campaign ID' },
  { key: 'occurred_at', label: 'Occurred at' },
  ...kinds.flatMap((kind) =>
    Object.entries(THINGS[kind]).map(([field, label]) => ({ key: `${kind}__${field}`, label })),
  ),
];

/** A trigger on events of one type, `kinds` being the things that they are about. */
const trigger = ({ key, noun, label, description, type, kinds, sample }) => ({
  key,
  noun,
  display: { label, description },
  operation: {
    type: 'hook',
    inputFields: [campaign],
    performSubscribe: subscribe(type),
    performUnsubscribe: unsubscribe,
    perform: taken(type, kinds),
    performList: listed(type, kinds),
    outputFields: outputFields(kinds),
    sample,
  },
});

module.exports = { trigger };
