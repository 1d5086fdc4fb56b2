import { run } from './gw';

const { dataset, src } = (document.currentScript ||
  document.querySelector('script[data-site]')) as HTMLScriptElement;

run(dataset, src);
