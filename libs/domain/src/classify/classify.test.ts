import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { globMatches } from '../../../../test/oracle/attributes.js';
import { decodeQueryText, readCampaign } from './campaign.js';
import { channelOf } from './channel.js';
import { deviceOf } from './device.js';
import { compileGlob, createKeyEventFinder } from './key-event.js';
import { sourceOfCampaign, sourceOfHost } from './source.js';
import { isBotAgent, isInternal } from './traffic-class.js';

describe('channelOf', () => {
  it.each([
    ['(direct)', '(none)', '(not set)', 'Direct'],
    ['(direct)', '(not set)', '(not set)', 'Direct'],
    ['x', 'y', 'my cross-network thing', 'Cross-network'],
    ['unknown.example', 'cpm', '(not set)', 'Display'],
    ['google', 'cpm', '(not set)', 'Paid Search'],
    ['x.example', 'cpc', 'workshop', 'Paid Other'],
    ['x.example', 'cpc', 'spring shop', 'Paid Shopping'],
    ['x.example', 'referral', 'e-shop', 'Organic Shopping'],
    ['x.example', 'referral', 'eshop', 'Organic Shopping'],
    ['x.example', 'referral', 'workshop', 'Referral'],
    ['google', 'social', '(not set)', 'Organic Social'],
    ['unknown.example', 'newsletter', '(not set)', 'Unassigned'],
    ['unknown.example', 'mobile-cpc', '(not set)', 'Paid Other'],
    ['facebook', 'paid', '(not set)', 'Paid Social'],
    ['youtube', 'cpv', '(not set)', 'Paid Video'],
    ['youtube', 'cpc', '(not set)', 'Paid Video'],
    ['google', 'organic', '(not set)', 'Organic Search'],
    ['chatgpt', 'referral', '(not set)', 'AI Assistant'],
    ['x.example', 'ai-assistant', '(not set)', 'AI Assistant'],
    ['x.example', 'link', '(not set)', 'Referral'],
    ['e-mail', 'x', '(not set)', 'Email'],
    ['x', 'affiliate', '(not set)', 'Affiliates'],
    ['x', 'audio', '(not set)', 'Audio'],
    ['sms', 'x', '(not set)', 'SMS'],
    ['x', 'web-push', '(not set)', 'Mobile Push Notifications'],
    ['firebase', 'x', '(not set)', 'Mobile Push Notifications'],
  ])('%s / %s in “%s” is %s', (source, medium, campaign, channel) => {
    expect(channelOf(source, medium, campaign)).toBe(channel);
  });
});

describe('sourceOfHost', () => {
  it.each([
    ['google.com', '/', 'google'],
    ['google.co.uk', '/search', 'google'],
    ['google.de', '/', 'google'],
    ['maps.google.fr', '/', 'google-maps'],
    ['google.com', '/imgres', 'google-images'],
    ['m.facebook.com', '/', 'facebook'],
    ['chat.openai.com', '/', 'chatgpt'],
    ['gemini.google.com', '/', 'gemini'],
  ])('%s%s is %s', (host, path, source) => {
    expect(sourceOfHost(host, path)?.source).toBe(source);
  });

  it('takes a search engine by its exact host only', () => {
    expect(sourceOfHost('something.google.com', '/')).toBeNull();
    expect(sourceOfHost('notfacebook.com', '/')).toBeNull();
  });

  it('replaces aliases and domains in utm_source', () => {
    expect(sourceOfCampaign('fb')).toBe('facebook');
    expect(sourceOfCampaign('google.com')).toBe('google');
    expect(sourceOfCampaign('newsletter')).toBe('newsletter');
    expect(sourceOfCampaign('partner.example')).toBe('partner.example');
  });
});

describe('readCampaign', () => {
  it('takes the first value that is not empty after trimming', () => {
    const campaign = readCampaign(
      '?utm_source=&utm_source=%20a+b%20&utm_source=c&msclkid=1&wbraid=2',
    );
    expect(campaign).toMatchObject({ source: 'a b', medium: '', clickSource: 'google' });
  });

  it('decodes as URLSearchParams does, whatever is sent', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '%',
        '%2',
        '%20',
        '+',
        '%C3%A4',
        '%E2%82',
        '%F0%9F%98%80',
        '%FF',
        '%ED%A0%80',
        '%F4%90%80%80',
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 3 }).filter((text) => !/[&=#?]/.test(text)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        expect(decodeQueryText(text)).toBe(new URLSearchParams(`a=${text}`).get('a'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('key events', () => {
  it('match by exact name, and by a glob over the page', () => {
    const find = createKeyEventFinder([
      { name: 'any', event: 'buy', page: null },
      { name: 'shop', event: 'buy', page: '/shop/**' },
    ]);
    expect(find('buy', '/shop/')).toEqual(['any', 'shop']);
    expect(find('buy', '/shop')).toEqual(['any']);
    expect(find('buy', null)).toEqual(['any']);
    expect(find('buys', '/shop/a')).toEqual([]);
  });

  it('have globs that do what a letter-by-letter matcher does', () => {
    const glob = fc.array(fc.constantFrom('*', '**', '/', 'a', 'b', '.', '+'), { maxLength: 7 });
    const page = fc.array(fc.constantFrom('/', 'a', 'b', '.', '+'), { maxLength: 8 });
    fc.assert(
      fc.property(glob, page, (left, right) => {
        const [pattern, text] = [left.join(''), right.join('')];
        expect(compileGlob(pattern).test(text)).toBe(globMatches(pattern, text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('devices and traffic classes', () => {
  const windows =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
  it.each([
    [windows, 'desktop', 'Chrome'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      'mobile',
      'Mobile Safari',
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Mobile/15E148 Safari/604.1',
      'tablet',
      'Mobile Safari',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0',
      'desktop',
      'Firefox',
    ],
    [
      'Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/2.2 Chrome/63.0.3239.84 TV Safari/537.36',
      'tv',
      'Samsung Internet',
    ],
    ['something else', 'other', null],
  ])('%s', (agent, device, browser) => {
    expect(deviceOf(agent, null, false)).toMatchObject({ device, browser });
  });

  it('knows robots, and takes hints where the agent is frozen', () => {
    expect(
      isBotAgent('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'),
    ).toBe(true);
    expect(isBotAgent(windows)).toBe(false);
    expect(deviceOf(windows, null, true).device).toBe('bot');
    const hints = JSON.stringify({ platform: 'Windows', platformVersion: '15.0.0', mobile: false });
    expect(deviceOf(windows, hints, false).osVersion).toBe('Windows 15.0.0');
    expect(deviceOf(windows, '[1', false).osVersion).toBe('Windows 10');
  });

  it('calls traffic internal when every part of a rule matches', () => {
    const rules = [{ name: 'staff', hostname: 'intern.example', userAgent: 'Monitor' }];
    expect(isInternal(rules, 'intern.example', 'our monitor 1.0')).toBe(true);
    expect(isInternal(rules, 'other.example', 'our monitor 1.0')).toBe(false);
    expect(isInternal([{ name: 'empty', hostname: null, userAgent: null }], 'a', 'b')).toBe(false);
  });
});
