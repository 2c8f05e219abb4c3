import { describe, expect, it } from '@jest/globals';
import type { Envelope, PropertyValue } from '#events';
import { EVENT_DIMENSIONS } from '../dimensions.js';
import { vitalCell, WEB_VITALS } from '../distributions.js';
import { signalOf } from './signal.js';

type Properties = Record<string, PropertyValue> | null;

function signal(name: string, properties: Properties, page: string | null = '/page') {
  return signalOf({ name, data: { properties } } as Envelope, page);
}

function interactionOf(name: string, properties: Properties, page?: string | null) {
  const found = signal(name, properties, page);
  if (found?.kind !== 'interaction') return null;
  return [EVENT_DIMENSIONS[found.dimension]?.name, found.value];
}

describe('what rarer events say', () => {
  it.each<[string, Properties, string, string]>([
    [
      'click',
      { outbound: true, link_url: 'https://a.example/' },
      'OUTBOUND_LINK',
      'https://a.example/',
    ],
    ['click', { outbound: 'true', link_url: 'x' }, 'OUTBOUND_LINK', 'x'],
    ['click', { outbound: true, link_url: 7 }, 'OUTBOUND_LINK', '(not set)'],
    ['file_download', { file_name: '/a.pdf', link_url: 'x' }, 'FILE_DOWNLOAD', '/a.pdf'],
    ['file_download', { file_name: '', link_url: 'x' }, 'FILE_DOWNLOAD', 'x'],
    ['file_download', null, 'FILE_DOWNLOAD', '(not set)'],
    ['form_submit', { form_id: 'a', form_name: 'b' }, 'FORM_SUBMIT', 'a'],
    ['form_submit', { form_destination: 'c', form_name: 'b' }, 'FORM_SUBMIT', 'b'],
    ['form_submit', { form_destination: 'c' }, 'FORM_SUBMIT', 'c'],
    ['404', { path: '/gone' }, 'NOT_FOUND_PAGE', '/gone'],
    ['404', null, 'NOT_FOUND_PAGE', '/page'],
    ['exception', { description: 'no', fatal: true }, 'ERROR', 'no'],
  ])('%s with %j is %s %s', (name, properties, dimension, value) => {
    expect(interactionOf(name, properties)).toEqual([dimension, value]);
  });

  it('is nothing where the event is another, or a click stays inside', () => {
    expect(signal('click', { outbound: false, link_url: 'x' })).toBeNull();
    expect(signal('click', null)).toBeNull();
    expect(signal('sign_up', { outbound: true, value: 3 })).toBeNull();
    expect(interactionOf('404', null, null)).toEqual(['NOT_FOUND_PAGE', '(not set)']);
  });

  it('is a sample only when it is a number from 0 on', () => {
    for (const [vital, { name }] of WEB_VITALS.entries()) {
      expect(signal(name, { value: 120 })).toEqual({ kind: 'sample', cell: vitalCell(vital, 120) });
      const both = signal(name, { value: 120, metric_value: 0 });
      expect(both).toEqual({ kind: 'sample', cell: vitalCell(vital, 0) });
      for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, '120', true]) {
        expect(signal(name, { value })).toBeNull();
      }
      expect(signal(name, null)).toBeNull();
    }
  });
});
