// The value of a #define: a block that renders anew each time it is printed.

import { HostObject } from '../methods/invoke.ts';
import type { MethodTable } from '../methods/table.ts';
import type { MacroFrame, Render, Runtime } from './runtime.ts';
import { StopSignal } from './runtime.ts';

/** A block may contain itself this often. */
const DEFINE_DEPTH_MAX = 2;

const NO_METHODS: MethodTable = new Map();

export class BlockReference extends HostObject {
  private readonly rt: Runtime;
  private readonly block: Render;
  private readonly frame: MacroFrame | null;
  private readonly depthMax: number;
  private depth = 0;

  constructor(rt: Runtime, block: Render, depthMax: number = DEFINE_DEPTH_MAX) {
    super();
    this.rt = rt;
    this.block = block;
    this.frame = rt.frame;
    this.depthMax = depthMax;
  }
  get className(): string {
    return 'org.apache.velocity.runtime.directive.Block$Reference';
  }
  get methods(): MethodTable {
    return NO_METHODS;
  }

  /** Renders the block where it is printed; false when it contains itself too often. */
  render(rt: Runtime): boolean {
    if (this.depth + 1 > this.depthMax) return false;
    this.depth++;
    try {
      this.block(rt);
    } catch (error) {
      if (!(error instanceof StopSignal) || !error.isFor(this)) throw error;
    } finally {
      this.depth--;
    }
    return true;
  }

  /** The text of the block, with the macro arguments of where it was defined; null when it contains itself. */
  text(): string | null {
    const { rt } = this;
    const before = rt.frame;
    rt.frame = this.frame;
    try {
      let isRendered = false;
      const text = rt.captured(() => {
        isRendered = this.render(rt);
      });
      return isRendered ? text : null;
    } finally {
      rt.frame = before;
    }
  }

  toText(): string {
    return this.text() ?? 'null';
  }
}
