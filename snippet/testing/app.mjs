// A page as React sites have it: a form marked for the token, rendered on the server.
import { createElement as element } from 'react';

export const App = () =>
  element(
    'form',
    { 'data-gw': '' },
    element('input', { name: 'email', type: 'email' }),
    element('button', null, 'Join'),
  );
