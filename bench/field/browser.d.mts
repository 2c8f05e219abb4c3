import type { BrowserContext } from 'playwright-core';

export function startBrowser(): Promise<{ context: BrowserContext; close(): Promise<void> }>;
