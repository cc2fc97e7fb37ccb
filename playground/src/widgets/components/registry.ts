// Maps the types of widgets to the components that draw them.
import type { ComponentType } from 'react';
import type { ComponentProps } from '../widget-context';
import { Button } from './button';
import { Card } from './card';
import { ChartFrame } from './chart-frame';
import { Checkbox, RadioGroup } from './choices';
import { Badge, Icon, Image } from './content';
import { DatePicker, Input, Label, Select, Textarea } from './fields';
import { Basic, Box, Col, Divider, Form, Row, Spacer, Transition } from './layout';
import { ListView, ListViewItem } from './list-view';
import { Table, TableCell, TableRow } from './table';
import { Caption, Markdown, Text, Title } from './text';

export const components: Readonly<Record<string, ComponentType<ComponentProps>>> = {
  Card,
  ListView,
  ListViewItem,
  Basic,
  Box,
  Row,
  Col,
  Form,
  Spacer,
  Divider,
  Transition,
  Text,
  Title,
  Caption,
  Label,
  Markdown,
  Badge,
  Icon,
  Image,
  Button,
  Input,
  Textarea,
  Select,
  DatePicker,
  Checkbox,
  RadioGroup,
  Table,
  'Table.Row': TableRow,
  'Table.Cell': TableCell,
  Chart: ChartFrame,
};
