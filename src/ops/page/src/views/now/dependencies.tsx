import type { VNode } from 'preact';
import type { ModelHealth, RedisView } from '../../../../../ops-api/index.ts';
import { Card, Stats } from '../../components/card.tsx';
import { Stat } from '../../components/stat.tsx';
import { Table } from '../../components/table.tsx';
import { Badge, type Tone } from '../../components/words.tsx';
import { bytes, count, duration, percent } from '../../format.ts';
import { hashOf } from '../../state/route.ts';

const TONES: Record<ModelHealth['state'], Tone> = { well: 'good', shaky: 'amber', failing: 'red', unused: 'calm' };

/** What the assistant leans on: Redis and the models. */
export function Dependencies({ redis, models }: { redis: RedisView; models: ModelHealth[] }): VNode {
  return (
    <>
      <Card title="Models" aside={<p class="muted">the last five minutes</p>}>
        {models.length === 0 ? (
          <p class="quiet">No model is set up.</p>
        ) : (
          <Table
            label="Models’ health"
            rows={models}
            rowKey={({ id }) => id}
            columns={[
              {
                label: 'Model',
                head: true,
                cell: ({ id, label, host }) => (
                  <>
                    <a href={hashOf('turns', { model: id })}>{label}</a>
                    <small class="under">{host}</small>
                  </>
                ),
              },
              {
                label: 'Health',
                tip: 'Well, shaky (some calls failed), failing (nothing but failures for some seconds) or unused. A worker whose calls of a model failed three times in a row asks it last for a while.',
                cell: ({ state, reason, leftOutBy }) => (
                  <>
                    <Badge tone={TONES[state]}>{state}</Badge>
                    {leftOutBy > 0 && (
                      <small class="under">
                        asked last by {count(leftOutBy)} {leftOutBy === 1 ? 'worker' : 'workers'}
                      </small>
                    )}
                    {reason && <small class="under">{reason}</small>}
                  </>
                ),
              },
              {
                label: 'Calls',
                tip: 'Calls of this model in the last five minutes.',
                number: true,
                cell: ({ calls }) => count(calls),
              },
              {
                label: 'Failed',
                tip: 'How many of these calls failed.',
                number: true,
                cell: ({ failed, calls }) => (failed === 0 ? '0' : `${count(failed)} (${percent(failed, calls)})`),
              },
            ]}
          />
        )}
      </Card>
      <Card title="Redis" aside={<Badge tone={redis.ok ? 'good' : 'red'}>{redis.ok ? 'well' : 'not well'}</Badge>}>
        {redis.detail && <p class={redis.ok ? 'muted' : 'problem'}>{redis.detail}</p>}
        <Stats>
          <Stat
            label="Memory"
            tip="How much memory Redis uses, and of how much it may use."
            value={bytes(redis.usedBytes)}
            small={redis.maxBytes === null ? 'no limit' : `of ${bytes(redis.maxBytes)}`}
          />
          <Stat label="Latency" tip="How long Redis takes to answer a ping." value={duration(redis.latencyMs)} />
          <Stat
            label="Written to disk"
            tip="Whether Redis appends every change to a file, so that nothing is lost when it stops."
            value={redis.appendOnly ? 'yes' : 'no'}
            tone={redis.appendOnly ? undefined : 'amber'}
          />
          <Stat
            label="When full"
            tip="What Redis does when its memory is full; with “noeviction” it refuses, anything else would lose turns."
            value={redis.evictionPolicy}
            tone={redis.evictionPolicy === 'noeviction' ? undefined : 'amber'}
          />
          <Stat label="Version" tip="The version of Redis that answers." value={redis.version} />
        </Stats>
      </Card>
    </>
  );
}
