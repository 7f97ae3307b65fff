import type { TextForm } from './text-form.ts';
import type { Others } from './model.ts';
import { isElement, type XmlAttribute, type XmlElement, type XmlNode } from './xml-node.ts';
import type { WritableElement } from './xml-write.ts';

/** How a value is written as an element. */
export interface ElementForm<V> {
  /** Undefined where the element is not in this form. */
  read(element: XmlElement): V | undefined;
  write(name: string, value: V): WritableElement;
}

interface AttributeField<V> {
  readonly place: 'attribute';
  readonly name: string;
  readonly form: TextForm<V>;
}

interface ElementField<V> {
  readonly place: 'element';
  readonly name: string;
  readonly form: ElementForm<V>;
}

/** Elements of one name, each an item of a list. */
interface ElementsField<V> {
  readonly place: 'elements';
  readonly name: string;
  readonly form: ElementForm<V>;
}

/**
 * Where each property of a model's object stands in its element: a table that is read to read, and read to write, in
 * its order. Null is for properties that may be missing, a list for elements that may be repeated.
 */
export type Fields<T> = {
  readonly [K in keyof T]: null extends T[K]
    ? AttributeField<NonNullable<T[K]>> | ElementField<NonNullable<T[K]>>
    : T[K] extends readonly (infer Item)[]
      ? ElementsField<Item>
      : AttributeField<T[K]>;
};

export function attribute<V>(name: string, form: TextForm<V>): AttributeField<V> {
  return { place: 'attribute', name, form };
}

export function child<V>(name: string, form: ElementForm<V>): ElementField<V> {
  return { place: 'element', name, form };
}

export function children<V>(name: string, form: ElementForm<V>): ElementsField<V> {
  return { place: 'elements', name, form };
}

/** An element with one text and nothing else. */
export function textElement<V>(form: TextForm<V>): ElementForm<V> {
  return {
    read({ attributes, children: [text, ...rest] }) {
      const isText = attributes.length === 0 && rest.length === 0 && typeof text === 'string';
      return isText ? form.read(text) : undefined;
    },
    write: (name, value) => ({ name, attributes: [], children: [form.write(value)] }),
  };
}

/** An element that holds nothing but elements of one name. */
export function listElement<V>(itemName: string, form: ElementForm<V>): ElementForm<readonly V[]> {
  return {
    read({ attributes, children: nodes }) {
      if (attributes.length > 0) return undefined;
      const items = nodes.map((node) => (isElement(node) && node.name === itemName ? form.read(node) : undefined));
      return items.includes(undefined) ? undefined : (items as V[]);
    },
    write: (name, items) => ({ name, attributes: [], children: items.map((item) => form.write(itemName, item)) }),
  };
}

/**
 * An element that has these fields and nothing else.
 * @param optional properties that are null where the element lacks them; all others must be there
 */
export function strictElement<T extends object>(
  fields: Fields<T>,
  optional: readonly (keyof T)[] = [],
): ElementForm<T> {
  const record = recordElement<T & Others>(fields as unknown as Fields<Omit<T & Others, keyof Others>>);
  return {
    read(element) {
      const { otherAttributes, others, ...value } = record.read(element) as T & Others;
      if (otherAttributes.length > 0 || others.length > 0) return undefined;
      const isWhole = Object.entries(value).every(([key, item]) => item !== null || optional.includes(key as keyof T));
      return isWhole ? (value as unknown as T) : undefined;
    },
    write: (name, value) => record.write(name, { ...value, otherAttributes: [], others: [] }),
  };
}

type AnyField = AttributeField<unknown> | ElementField<unknown> | ElementsField<unknown>;

/** An element that has these fields, and keeps what else it holds. Reading it never fails. */
export function recordElement<T extends Others>(fields: Fields<Omit<T, keyof Others>>): ElementForm<T> {
  const entries = Object.entries(fields) as [string, AnyField][];
  const attributeFields = new Map(
    entries.filter(([, { place }]) => place === 'attribute').map((entry) => [entry[1].name, entry]),
  );
  const elementFields = new Map(
    entries.filter(([, { place }]) => place !== 'attribute').map((entry) => [entry[1].name, entry]),
  );
  return {
    read(element) {
      const value: Record<string, unknown> = {};
      for (const [key, { place }] of entries) value[key] = place === 'elements' ? [] : null;
      const otherAttributes: XmlAttribute[] = [];
      const others: XmlNode[] = [];
      // GDAL takes the first of a name, attribute or element, in any case: after one that is kept as it is, all are.
      const kept = new Set<string>();
      for (const [name, text] of element.attributes) {
        const [key = '', field] = attributeFields.get(name) ?? [];
        const read = kept.has(name.toLowerCase())
          ? undefined
          : (field as AttributeField<unknown> | undefined)?.form.read(text);
        if (read !== undefined) {
          value[key] = read;
          continue;
        }
        otherAttributes.push([name, text]);
        kept.add(name.toLowerCase());
      }
      for (const node of element.children) {
        if (!isElement(node) || !readChild(node, value, kept)) others.push(node);
      }
      return { ...value, otherAttributes, others } as unknown as T;
    },
    write(name, value) {
      const properties = value as unknown as Readonly<Record<string, unknown>>;
      const attributes: XmlAttribute[] = [];
      const nodes: (XmlNode | WritableElement)[] = [];
      for (const [key, field] of entries) {
        const property = properties[key];
        if (property === null) continue;
        if (field.place === 'attribute') attributes.push([field.name, field.form.write(property)]);
        else if (field.place === 'element') nodes.push(field.form.write(field.name, property));
        else for (const item of property as unknown[]) nodes.push(field.form.write(field.name, item));
      }
      return {
        name,
        attributes: [...attributes, ...value.otherAttributes],
        children: [...nodes, ...value.others] as WritableElement[],
      };
    },
  };

  function readChild(node: XmlElement, value: Record<string, unknown>, kept: Set<string>): boolean {
    const entry = elementFields.get(node.name);
    const isFree = entry !== undefined && (entry[1].place === 'elements' || value[entry[0]] === null);
    const read =
      isFree && !kept.has(node.name.toLowerCase()) ? (entry[1].form as ElementForm<unknown>).read(node) : undefined;
    if (entry === undefined || read === undefined) {
      kept.add(node.name.toLowerCase());
      return false;
    }
    const [key, { place }] = entry;
    if (place === 'elements') (value[key] as unknown[]).push(read);
    else value[key] = read;
    return true;
  }
}
