// Who listens to which notification. The connection to the server knows one listener a method; here are any number.

export type Listener = (params: unknown) => void;

export class Listeners {
  private readonly byMethod = new Map<string, Set<Listener>>();

  /** The methods that somebody has listened to. */
  get methods(): readonly string[] {
    return [...this.byMethod.keys()];
  }

  /** Adds a listener; whether it is the first of its method. */
  add(method: string, listener: Listener): boolean {
    const known = this.byMethod.get(method);
    known?.add(listener);
    if (known === undefined) {
      this.byMethod.set(method, new Set([listener]));
    }
    return known === undefined;
  }

  remove(method: string, listener: Listener): void {
    this.byMethod.get(method)?.delete(listener);
  }

  /** Tells every listener of a method; one that fails keeps no other from it. */
  tell(method: string, params: unknown, failed: (error: unknown) => void): void {
    for (const listener of [...(this.byMethod.get(method) ?? [])]) {
      try {
        listener(params);
      } catch (error) {
        failed(error);
      }
    }
  }
}
