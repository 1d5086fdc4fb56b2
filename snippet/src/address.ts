/** Addresses, absolute, with another parameter; without it when it has no value. */

export const withParam = (address: string | URL | Location, name: string, value?: string | null): string => {
  const url = new URL(address as any, location as any);
  url.searchParams[value ? 'set' : 'delete'](name, value!);
  return url.href;
};
