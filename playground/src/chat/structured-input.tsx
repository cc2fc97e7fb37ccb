// Questions with fields to answer in: a form in the composer's place, and what was answered in the thread.
import type { StructuredInputSubmission } from 'chatkit-express/protocol';
import { useState } from 'react';
import type { ItemOf } from '../protocol/wire';
import { Button } from '../ui/button';

type Questions = ItemOf<'structured_input'>;
type Field = Questions['inputs'][number];

/** The questions as they stand in the thread. */
export function StructuredInputView({ item }: { item: Questions }) {
  if (item.status === 'pending') {
    return (
      <p className="muted small">
        {item.inputs.length === 1 ? 'A question' : `${item.inputs.length} questions`}, not answered yet.
      </p>
    );
  }
  return (
    <dl className="answers" data-status={item.status}>
      {item.inputs.map(({ id, question, answer }) => (
        <div key={id}>
          <dt>{question}</dt>
          <dd>{answerOf(answer)}</dd>
        </div>
      ))}
    </dl>
  );
}

function answerOf(answer: Field['answer']) {
  if (!answer || answer.skipped || answer.values.length === 0) return <span className="muted">skipped</span>;
  return answer.values.join(', ');
}

interface StructuredInputFormProps {
  item: Questions;
  disabled: boolean;
  onSubmit: (submission: StructuredInputSubmission) => void;
}

/** The form. Each question left empty counts as skipped. */
export function StructuredInputForm({ item, disabled, onSubmit }: StructuredInputFormProps) {
  const [values, setValues] = useState<Record<string, string[]>>({});
  const submit = (status: 'answered' | 'skipped') => {
    const answers = item.inputs.map(({ id }) => {
      const given = status === 'skipped' ? [] : (values[id] ?? []).filter((value) => value.trim() !== '');
      return [id, { values: given, skipped: given.length === 0 }] as const;
    });
    onSubmit({ status, answers: Object.fromEntries(answers) });
  };
  return (
    <form
      className="questions"
      aria-label="Questions"
      onSubmit={(event) => {
        event.preventDefault();
        submit('answered');
      }}
    >
      {item.inputs.map((field) => (
        <QuestionField
          key={field.id}
          field={field}
          values={values[field.id] ?? []}
          onChange={(given) => setValues((before) => ({ ...before, [field.id]: given }))}
        />
      ))}
      <div className="row end">
        <Button look="plain" disabled={disabled} onClick={() => submit('skipped')}>
          Skip
        </Button>
        <Button type="submit" look="primary" disabled={disabled}>
          Send answers
        </Button>
      </div>
    </form>
  );
}

interface QuestionFieldProps {
  field: Field;
  values: string[];
  onChange: (values: string[]) => void;
}

function QuestionField({ field, values, onChange }: QuestionFieldProps) {
  if (field.type === 'freeform') {
    return (
      <label className="question">
        <span className="question-title">{field.question}</span>
        {field.description && <span className="muted small">{field.description}</span>}
        <textarea rows={2} value={values[0] ?? ''} onChange={({ target }) => onChange([target.value])} />
      </label>
    );
  }
  const toggle = (value: string, on: boolean) => {
    if (!field.multiple) onChange([value]);
    else onChange(on ? [...values, value] : values.filter((other) => other !== value));
  };
  return (
    <fieldset className="question">
      <legend className="question-title">{field.question}</legend>
      <div className="choices">
        {field.options.map(({ value }) => (
          <label key={value} className="choice">
            <input
              type={field.multiple ? 'checkbox' : 'radio'}
              name={field.id}
              checked={values.includes(value)}
              onChange={({ target }) => toggle(value, target.checked)}
            />
            {value}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
