import { Cluster, type ClusterNode, type ClusterOptions } from 'ioredis';

type SendCommand = Parameters<Cluster['sendCommand']>;
type WhenReady = Parameters<Cluster['delayUntilReady']>[0];

/**
 * A Cluster whose calls fail in time, as those to a single server do. ioredis holds commands and pipelines back for as long
 * as it looks for the nodes; its `commandTimeout` begins only when one is found.
 */
export class BoundedCluster extends Cluster {
  constructor(nodes: ClusterNode[], options: ClusterOptions) {
    // ioredis types a Cluster by its reply mapping, and this is the default one.
    super(nodes, options as ClusterOptions & { redisOptions?: { replyMapping?: 'legacy' } });
  }

  private get timeout(): number | undefined {
    return this.options.redisOptions?.commandTimeout;
  }

  override sendCommand(...[command, stream, node]: SendCommand): unknown {
    if (this.timeout !== undefined) command.setTimeout(this.timeout);
    return super.sendCommand(command, stream, node);
  }

  override delayUntilReady(callback: WhenReady): void {
    let late = false;
    const giveUp = (): void => {
      late = true;
      callback(new Error('Command timed out'));
    };
    const timer = this.timeout === undefined ? undefined : setTimeout(giveUp, this.timeout);
    super.delayUntilReady((error) => {
      clearTimeout(timer);
      if (!late) callback(error);
    });
  }
}
