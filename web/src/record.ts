import { mount } from "svelte";
import Record from "./Record.svelte";
import "./app.css";

mount(Record, { target: document.getElementById("app")! });
