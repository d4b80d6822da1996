import { Cluster, type ClusterNode, type ClusterOptions } from 'ioredis';

type SendCommand = Parameters<Cluster['sendCommand']>;

/**
 * A Cluster whose commands fail in time, as those to a single server do. ioredis holds them back for as long as it looks for
 * the nodes; its `commandTimeout` begins only when one is found. (Pipelines fail with each vain look.)
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
}
