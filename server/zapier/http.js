'use strict';

// Calls of the API at the address that the user connected, and its refusals in words.

const RETRY_SECONDS = 60;
const LATER = [502, 503, 504]; // Zapier itself waits after a 429.
const LOCAL = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/;

/** The API's address, however the installation's was written. */
const base = (z, bundle) => {
  const said = (bundle.authData.baseUrl || '').trim();
  const root = said.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  if (!/^https:\/\/[^/]/.test(root) && !LOCAL.test(root)) {
    throw new z.errors.Error(
      'Write the address of your goodword with https://, such as https://go.shop.example',
      'bad_address',
    );
  }
  return `${root}/api/v1`;
};

/** What was filled in: Zapier sends what was left empty as undefined, null or "". */
const filled = (fields) =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => ![undefined, null, ''].includes(value)),
  );

/** The first of the names that was filled in, with its value: `{ code: "4J8SD2KQ7W0XN5RC" }`. */
const firstOf = (input, ...names) =>
  Object.fromEntries(
    Object.entries(filled(Object.fromEntries(names.map((name) => [name, input[name]])))).slice(0, 1),
  );

/** What the API answers to one call, as JSON; undefined for a 404 where `orNothing` is said. */
const call = async (z, bundle, method, path, { params, body, orNothing = false } = {}) => {
  const response = await z.request({
    method,
    url: base(z, bundle) + path,
    params: filled(params || {}),
    body: body && filled(body),
    orNothing,
    skipThrowForStatus: true, // `explain` tells refusals in words.
  });
  return response.status === 404 ? undefined : response.data;
};

const addKey = (request, z, bundle) => {
  request.headers.Authorization = `Bearer ${bundle.authData.apiKey}`;
  request.headers.Accept = 'application/json';
  return request;
};

/** Problem details (RFC 9457) as the error that Zapier shows, or as a wish to be asked later. */
const explain = (response, z) => {
  const { status, request } = response;
  if (status < 400 || (status === 404 && request.orNothing)) return response;
  const problem = response.data || {};
  const detail = problem.detail || `goodword answered ${status}`;
  if (status === 401) {
    throw new z.errors.ExpiredAuthError('goodword does not know this API key (any more): reconnect with a key in use');
  }
  if (LATER.includes(status)) {
    throw new z.errors.ThrottledError(detail, Number(response.getHeader('retry-after')) || RETRY_SECONDS);
  }
  const message = problem.field ? `${problem.field}: ${detail}` : detail;
  throw new z.errors.Error(message, (problem.type || '').split(':').pop(), status);
};

module.exports = { addKey, call, explain, firstOf };
