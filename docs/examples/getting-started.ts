import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import express from 'express';
import { respond } from './assistant';

const app = express();
app.use(express.static('public'));
app.use('/chatkit', chatkitMiddleware({ store: new MemoryStore(), respond }));
app.listen(3000, () => console.log('http://localhost:3000'));
