/**
 * Events, models and collections in the manner of the page's own (Backbone's names): several names in one `on`,
 * `change:<attribute>` with (model, value, before) and then one `change`, on the model and on every collection it is in.
 */
export class Emitter {
  #listeners = new Map();

  on(names, listener) {
    for (const name of names.split(' '))
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { listener, run: listener }]);
    this.onListen?.(names);
    return this;
  }

  once(name, listener) {
    const entry = {
      listener,
      run: (...args) => {
        this.off(name, listener);
        listener(...args);
      },
    };
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), entry]);
    return this;
  }

  off(name, listener) {
    const kept = (this.#listeners.get(name) ?? []).filter((entry) => entry.listener !== listener);
    this.#listeners.set(name, kept);
    return this;
  }

  trigger(name, ...args) {
    for (const entry of this.#listeners.get(name) ?? []) {
      // A listener that throws must not keep the others from hearing; the page reports it as an uncaught error.
      try {
        entry.run(...args);
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/** Addresses and keys are made anew from each record: they are the same when they read the same. */
const same = (a, b) => a === b || (typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

/** Attributes are own properties, so that a serialized model is what a spread of it is. */
export class Model extends Emitter {
  #collections = new Set();

  constructor(attributes = {}) {
    super();
    Object.assign(this, attributes);
  }

  joined(collection) {
    this.#collections.add(collection);
  }

  left(collection) {
    this.#collections.delete(collection);
  }

  /** Sets attributes and tells who listens; `silent` sets only, as when a sync brings what was missed. */
  set(attributes, { silent = false } = {}) {
    const changes = [];
    for (const [name, value] of Object.entries(attributes)) {
      const before = this[name];
      if (same(before, value)) continue;
      this[name] = value;
      changes.push([name, value, before]);
    }
    if (silent || changes.length === 0) return this;
    for (const [name, value, before] of changes) this.#tell(`change:${name}`, value, before);
    this.#tell('change');
    return this;
  }

  #tell(name, ...args) {
    this.trigger(name, this, ...args);
    for (const collection of this.#collections) collection.trigger(name, this, ...args);
  }

  serialize() {
    return { ...this };
  }

  toJSON() {
    return this.serialize();
  }
}

const keyOf = (id) => (typeof id === 'string' ? id : (id?._serialized ?? id?.id?._serialized ?? String(id)));

export class Collection extends Emitter {
  #models = new Map();

  constructor({ modelClass = Model, find } = {}) {
    super();
    this.modelClass = modelClass;
    this.#find = find;
  }

  #find;

  get(id) {
    return this.#models.get(keyOf(id));
  }

  /** The model, asked of the server when it is not here yet. */
  async find(id) {
    return this.get(id) ?? (await this.#find?.(id));
  }

  add(model, { silent = false } = {}) {
    const key = keyOf(model.id);
    if (this.#models.has(key)) return this.#models.get(key);
    this.#models.set(key, model);
    model.joined(this);
    if (!silent) this.trigger('add', model, this);
    return model;
  }

  /** Puts earlier models in front, in their order, without a word to listeners. */
  prepend(models) {
    const rest = [...this.#models.values()];
    this.#models.clear();
    for (const model of [...models, ...rest]) {
      this.#models.set(keyOf(model.id), model);
      model.joined(this);
    }
  }

  remove(id) {
    const model = this.get(id);
    if (!model) return;
    this.#models.delete(keyOf(id));
    model.left(this);
    this.trigger('remove', model, this);
  }

  clear() {
    this.#models.clear();
  }

  getModelsArray() {
    return [...this.#models.values()];
  }

  get length() {
    return this.#models.size;
  }
}
