import { Query, Resolver } from '@nestjs/graphql';
import { DIMENSIONS, METRICS } from '#domain';
import { enumOf, undefinedMetrics } from '../reports/report-answer.js';

@Resolver()
export class CatalogueResolver {
  /** What can be asked, and what each number means. */
  @Query('catalogue')
  catalogue(): object {
    return {
      metrics: METRICS.map(({ name, title, definition, unit, exact }) => ({
        name: enumOf(name),
        title,
        definition,
        unit,
        exact,
      })),
      dimensions: DIMENSIONS.map(({ name, title, definition, scope }) => {
        const none = undefinedMetrics(name);
        return {
          name,
          title,
          definition,
          scope: scope.toUpperCase(),
          metrics: METRICS.filter((metric) => !none.includes(metric)).map((each) =>
            enumOf(each.name),
          ),
        };
      }),
    };
  }
}
