import { Button, Card, Row, Text, Title } from 'chatkit-express/widgets';

function Todo({ id, title, done }: { id: string; title: string; done: boolean }) {
  return (
    <Row align="center">
      <Text value={title} lineThrough={done} />
      {!done && <Button label="Done" onClickAction={{ type: 'todo.done', payload: { id } }} />}
    </Row>
  );
}

export const card = (
  <Card size="md">
    <Title value="To do" size="sm" />
    {['Milk', 'Bread'].map((title) => (
      <Todo key={title} id={title} title={title} done={title === 'Milk'} />
    ))}
  </Card>
);
