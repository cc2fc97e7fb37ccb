import { chatkitPlayground } from 'chatkit-express/playground';

export const playground = chatkitPlayground({
  url: '/chatkit',
  greeting: 'What would you like to know?',
  prompts: [{ label: 'Where is my parcel?', prompt: 'Where is my parcel 1234?', icon: 'cube' }],
  models: [{ id: 'gpt-small', label: 'Small', default: true }],
  entities: [{ id: 'parcel_1234', title: 'Parcel 1234', group: 'Parcels', data: { weight: 2 } }],
  clientTools: { get_location: { latitude: 59.9, longitude: 10.7 } },
  uploads: { strategy: 'two_phase', accept: 'image/*,application/pdf' },
  uploadOrigins: ['https://my-bucket.s3.eu-north-1.amazonaws.com'],
});
