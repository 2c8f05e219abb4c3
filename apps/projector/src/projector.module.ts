import { Module } from '@nestjs/common';

/** The projector has no controllers: its work is the strategy's. */
@Module({})
export class ProjectorModule {}
