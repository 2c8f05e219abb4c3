/** Who may import whom: the floors of docs/ARCHITECTURE.md. */
const onlyFrom = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.(test|testing|contract)\\.ts$' },
  to: { pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    onlyFrom('events-imports-nothing', '^libs/events/', []),
    onlyFrom('domain-imports-events', '^libs/domain/', [
      '^libs/events/',
      'node_modules/(isbot|ua-parser-js|@types/ua-parser-js)/',
    ]),
    onlyFrom('lmdb-imports-nothing', '^libs/lmdb/', ['node_modules/lmdb/', '^(fs|path)$']),
    onlyFrom('eventlog-imports-events', '^libs/eventlog/', [
      '^libs/(events|lmdb)/',
      'node_modules/(lmdb|kafkajs)/',
      '^node:',
      '^(crypto|fs|net|os|path|perf_hooks|zlib)$',
    ]),
    onlyFrom('readmodel-imports-domain', '^libs/readmodel/', [
      '^libs/(domain|events|lmdb)/',
      'node_modules/(lmdb|cassandra-driver)/',
      '^(crypto|fs|path|util)$',
    ]),
    onlyFrom('settings-import-nothing', '^libs/settings/', []),
    onlyFrom('http-imports-node', '^libs/http/', ['^(crypto|http|net)$']),
    onlyFrom('tracker-stands-alone', '^tracker/', ['node_modules/web-vitals/']),
    onlyFrom('dashboard-stands-alone', '^apps/dashboard/', ['node_modules/(preact|uplot)/']),
    {
      name: 'lmdb-in-embedded-adapters-only',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '/embedded/|^libs/lmdb/' },
      to: { path: 'node_modules/lmdb/' },
    },
    ...['ingest', 'projector', 'query'].map((app) => ({
      name: `${app}-imports-no-other-app`,
      severity: 'error',
      from: { path: `^apps/${app}/` },
      to: { path: '^apps/', pathNot: `^apps/${app}/` },
    })),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: ['\\.test\\.ts$', '\\.testing\\.ts$', '\\.contract\\.ts$'] },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
