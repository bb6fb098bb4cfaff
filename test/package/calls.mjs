// Records which public functions a script calls, and names those that it does not.

/**
 * The functions of modules, in one object: reading one counts as calling it. Classes count every call of their methods, as
 * Class.method.
 */
export class Calls {
  #modules;
  #called = new Set();

  constructor(...modules) {
    this.#modules = modules;
    for (const { name, type } of this.#classes()) this.#watch(name, type);
  }

  get count() {
    return this.#called.size;
  }

  /** The public functions. */
  get functions() {
    const called = this.#called;
    return new Proxy(Object.assign({}, ...this.#modules), {
      get(functions, name) {
        called.add(name);
        return functions[name];
      },
    });
  }

  missing() {
    const names = this.#exported().flatMap(([name, value]) =>
      isClass(value) && !(value.prototype instanceof Error)
        ? methods(name, value).map(({ key }) => key)
        : [name],
    );
    return names.filter((name) => !this.#called.has(name));
  }

  #exported() {
    return this.#modules
      .flatMap((module) => Object.entries(module))
      .filter(([, value]) => typeof value === 'function');
  }

  #classes() {
    return this.#exported()
      .filter(([, value]) => isClass(value))
      .map(([name, type]) => ({ name, type }));
  }

  #watch(name, type) {
    const called = this.#called;
    for (const { owner, method, key } of methods(name, type)) {
      const original = owner[method];
      Object.defineProperty(owner, method, {
        configurable: true,
        writable: true,
        value(...args) {
          called.add(key);
          return original.apply(this, args);
        },
      });
    }
  }
}

function isClass(value) {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function methods(name, type) {
  const of = (owner) =>
    Object.entries(Object.getOwnPropertyDescriptors(owner))
      .filter(([key, { value }]) => typeof value === 'function' && key !== 'constructor')
      .map(([method]) => ({ owner, method, key: `${name}.${method}` }));
  return [...of(type), ...of(type.prototype)];
}
