import { createElement, useEffect } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { App } from './app.mjs';

window.complaints = [];
console.error = (...words) => window.complaints.push(words.join(' '));

function Hydrated() {
  useEffect(() => {
    window.hydrated = true;
  }, []);
  return createElement(App);
}

goodword('ready', () =>
  hydrateRoot(document.getElementById('root'), createElement(Hydrated), {
    onRecoverableError: (error) => window.complaints.push(String(error)),
  }),
);
