{{- define "relay.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The release's name, with that of the chart unless it holds it already. */}}
{{- define "relay.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "relay.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "relay.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "relay.selectorLabels" -}}
app.kubernetes.io/name: {{ include "relay.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "relay.labels" -}}
{{ include "relay.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "relay.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The largest number of replicas, among which the budget is divided where they have no store. */}}
{{- define "relay.maxReplicas" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else }}{{ max 1 .Values.replicas }}{{ end }}
{{- end }}

{{- define "relay.startsStore" -}}
{{- if and .Values.store.enabled (not .Values.store.url) }}yes{{ end }}
{{- end }}

{{/*
The ports of the store, as a list in YAML: those of its URL, by which the relay reaches it. Sentinels, and the nodes of a
cluster, lead on to servers at store.port.
*/}}
{{- define "relay.storePorts" -}}
{{- $ports := list }}
{{- $scheme := (splitList "://" .Values.store.url) | first }}
{{- if .Values.store.url }}
{{- $default := ternary "26379" "6379" (hasSuffix "-sentinel" $scheme) }}
{{- $hosts := .Values.store.url | trimPrefix (printf "%s://" $scheme) | splitList "/" | first }}
{{- range splitList "," $hosts }}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default $default | int) }}
{{- end }}
{{- end }}
{{- if or (not .Values.store.url) (contains "-" $scheme) }}
{{- $ports = append $ports (int .Values.store.port) }}
{{- end }}
{{- $ports | uniq | toYaml }}
{{- end }}

{{- define "relay.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "relay.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
