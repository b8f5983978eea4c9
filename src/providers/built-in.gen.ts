// Made from providers/*.yaml by `npm run generate`. Do not edit.
import type { Provider } from "../model/provider.ts";

/** Sorted by name. */
export const BUILT_IN: readonly Provider[] = [
  {
    "name": "anthropic",
    "description": "An API key of Anthropic, for Claude",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.anthropic.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "x-api-key",
          "prefix": ""
        },
        "carriers": [
          "authorization",
          "x-api-key"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "sk-ant-api03-coop-placeholder-{base64url:76}AA",
    "environment": [
      {
        "name": "ANTHROPIC_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.anthropic.com/v1/models?limit=1",
      "headers": [
        {
          "name": "anthropic-version",
          "value": "2023-06-01"
        }
      ]
    },
    "refresh": null,
    "expiry": "It does not expire by itself; it can be disabled in the console."
  },
  {
    "name": "aws",
    "description": "An access key of AWS; each request is signed again with it",
    "places": [
      {
        "hosts": [
          {
            "kind": "any-depth",
            "suffix": "amazonaws.com"
          },
          {
            "kind": "any-depth",
            "suffix": "amazonaws.com.cn"
          },
          {
            "kind": "any-depth",
            "suffix": "api.aws"
          }
        ],
        "paths": [],
        "into": {
          "kind": "aws-sigv4"
        },
        "carriers": [
          "authorization",
          "x-amz-security-token"
        ],
        "queryCarriers": [
          "AWSAccessKeyId",
          "Signature",
          "X-Amz-Credential",
          "X-Amz-Security-Token",
          "X-Amz-Signature"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "AKIACOOP{upper:12}",
    "environment": [
      {
        "name": "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "value": "{endpoint}"
      },
      {
        "name": "AWS_EC2_METADATA_DISABLED",
        "value": "true"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
      "headers": [
        {
          "name": "authorization",
          "value": "AWS4-HMAC-SHA256 Credential={placeholder}/20200101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0000000000000000000000000000000000000000000000000000000000000000"
        }
      ]
    },
    "refresh": null,
    "expiry": "A key of a user does not expire; one with a session token lasts hours."
  },
  {
    "name": "basic",
    "description": "Any `user:password` pair that goes as Basic authentication, to the hosts that the entry names",
    "places": [
      {
        "hosts": [],
        "paths": [],
        "into": {
          "kind": "basic",
          "user": null
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "coop-placeholder-{alnum:32}",
    "environment": [],
    "files": [],
    "test": null,
    "refresh": null,
    "expiry": null
  },
  {
    "name": "bearer",
    "description": "Any token that goes as `Authorization: Bearer`, to the hosts that the entry names",
    "places": [
      {
        "hosts": [],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "coop-placeholder-{alnum:32}",
    "environment": [],
    "files": [],
    "test": null,
    "refresh": null,
    "expiry": null
  },
  {
    "name": "brave-search",
    "description": "An API key of Brave Search",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.search.brave.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "x-subscription-token",
          "prefix": ""
        },
        "carriers": [
          "x-subscription-token"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "BSAcoopPlaceholder{alnum:13}",
    "environment": [
      {
        "name": "BRAVE_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.search.brave.com/res/v1/web/search?q=coop&count=1",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "claude",
    "description": "An OAuth token of a Claude subscription, as `claude setup-token` gives it",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.anthropic.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization",
          "x-api-key"
        ],
        "queryCarriers": [],
        "merge": [
          {
            "name": "anthropic-beta",
            "value": "oauth-2025-04-20"
          }
        ],
        "ownHosts": false
      }
    ],
    "placeholder": "sk-ant-oat01-coop-placeholder-{base64url:76}AA",
    "environment": [
      {
        "name": "CLAUDE_CODE_OAUTH_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.anthropic.com/v1/models?limit=1",
      "headers": [
        {
          "name": "anthropic-version",
          "value": "2023-06-01"
        }
      ]
    },
    "refresh": {
      "encoding": "json",
      "clientSecret": null,
      "url": "https://console.anthropic.com/v1/oauth/token",
      "clientId": "9d1c250a-e61b-44d9-88ed-5944d1962f5e"
    },
    "expiry": "A token of `claude setup-token` lasts a year; one of a login lasts hours and is renewed where its refresh token is stored."
  },
  {
    "name": "cloudflare",
    "description": "An API token of Cloudflare",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.cloudflare.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization",
          "x-auth-email",
          "x-auth-key",
          "x-auth-user-service-key"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "coopPlaceholder{alnum:25}",
    "environment": [
      {
        "name": "CLOUDFLARE_API_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.cloudflare.com/client/v4/user/tokens/verify",
      "headers": []
    },
    "refresh": null,
    "expiry": "It lasts as long as was chosen."
  },
  {
    "name": "codex",
    "description": "An API key of OpenAI, for Codex",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.openai.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "sk-coopPlaceholder{alnum:33}",
    "environment": [
      {
        "name": "CODEX_API_KEY",
        "value": "{placeholder}"
      },
      {
        "name": "OPENAI_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [
      {
        "path": ".codex/auth.json",
        "content": "{\"OPENAI_API_KEY\":\"{placeholder}\"}"
      }
    ],
    "test": {
      "method": "GET",
      "url": "https://api.openai.com/v1/models",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "copilot",
    "description": "A token of GitHub with Copilot, for Copilot CLI",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.github.com"
          },
          {
            "kind": "exact",
            "name": "api.githubcopilot.com"
          },
          {
            "kind": "exact",
            "name": "api.individual.githubcopilot.com"
          },
          {
            "kind": "exact",
            "name": "api.business.githubcopilot.com"
          },
          {
            "kind": "exact",
            "name": "api.enterprise.githubcopilot.com"
          },
          {
            "kind": "exact",
            "name": "api.mcp.github.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [
          "access_token"
        ],
        "merge": [],
        "ownHosts": false
      },
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "github.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "basic",
          "user": "x-access-token"
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [
          "access_token"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "github_pat_coopPlaceholder{alnum:7}_{alnum:59}",
    "environment": [
      {
        "name": "COPILOT_GITHUB_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.github.com/user",
      "headers": []
    },
    "refresh": null,
    "expiry": "A fine-grained token lasts at most a year."
  },
  {
    "name": "datadog",
    "description": "An API key of Datadog",
    "places": [
      {
        "hosts": [
          {
            "kind": "any-depth",
            "suffix": "datadoghq.com"
          },
          {
            "kind": "any-depth",
            "suffix": "datadoghq.eu"
          },
          {
            "kind": "any-depth",
            "suffix": "ddog-gov.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "dd-api-key",
          "prefix": ""
        },
        "carriers": [
          "authorization",
          "dd-api-key",
          "dd-application-key"
        ],
        "queryCarriers": [
          "api_key",
          "application_key"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "{hex:32}",
    "environment": [
      {
        "name": "DD_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.datadoghq.com/api/v1/validate",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "elevenlabs",
    "description": "An API key of ElevenLabs",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.elevenlabs.io"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "xi-api-key",
          "prefix": ""
        },
        "carriers": [
          "authorization",
          "xi-api-key"
        ],
        "queryCarriers": [
          "xi-api-key"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "sk_{hex:48}",
    "environment": [
      {
        "name": "ELEVENLABS_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.elevenlabs.io/v1/user",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "gemini",
    "description": "An API key of Google's Gemini",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "generativelanguage.googleapis.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "x-goog-api-key",
          "prefix": ""
        },
        "carriers": [
          "authorization",
          "x-goog-api-key"
        ],
        "queryCarriers": [
          "access_token",
          "key",
          "oauth_token"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "AIzaSyCoopPlaceholder{base64url:18}",
    "environment": [
      {
        "name": "GEMINI_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "gemini-oauth",
    "description": "An OAuth token of a Google account, for Gemini CLI",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "cloudcode-pa.googleapis.com"
          },
          {
            "kind": "exact",
            "name": "oauth2.googleapis.com"
          },
          {
            "kind": "exact",
            "name": "www.googleapis.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization",
          "x-goog-api-key"
        ],
        "queryCarriers": [
          "access_token",
          "key",
          "oauth_token"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "ya29.coop-placeholder-{base64url:180}",
    "environment": [
      {
        "name": "GOOGLE_GENAI_USE_GCA",
        "value": "true"
      }
    ],
    "files": [
      {
        "path": ".gemini/oauth_creds.json",
        "content": "{\"access_token\":\"{placeholder}\",\"refresh_token\":\"1//coop-placeholder\",\"token_type\":\"Bearer\",\"scope\":\"https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile openid\",\"expiry_date\":4102444800000}"
      }
    ],
    "test": {
      "method": "GET",
      "url": "https://www.googleapis.com/oauth2/v2/userinfo",
      "headers": []
    },
    "refresh": {
      "encoding": "form",
      "clientSecret": "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",
      "url": "https://oauth2.googleapis.com/token",
      "clientId": "681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com"
    },
    "expiry": "An access token lasts an hour and is renewed where its refresh token is stored; `invalid_grant` means that it was revoked."
  },
  {
    "name": "github",
    "description": "A token of GitHub, for its API and for git over https",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.github.com"
          },
          {
            "kind": "exact",
            "name": "uploads.github.com"
          },
          {
            "kind": "exact",
            "name": "raw.githubusercontent.com"
          },
          {
            "kind": "exact",
            "name": "codeload.github.com"
          },
          {
            "kind": "exact",
            "name": "npm.pkg.github.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [
          "access_token",
          "token"
        ],
        "merge": [],
        "ownHosts": false
      },
      {
        "hosts": [],
        "paths": [
          "/api/**"
        ],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [
          "access_token"
        ],
        "merge": [],
        "ownHosts": true
      },
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "github.com"
          },
          {
            "kind": "exact",
            "name": "gist.github.com"
          },
          {
            "kind": "exact",
            "name": "lfs.github.com"
          },
          {
            "kind": "exact",
            "name": "ghcr.io"
          }
        ],
        "paths": [],
        "into": {
          "kind": "basic",
          "user": "x-access-token"
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [
          "access_token"
        ],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "ghp_coopPlaceholder{alnum:21}",
    "environment": [
      {
        "name": "GH_TOKEN",
        "value": "{placeholder}"
      },
      {
        "name": "GITHUB_TOKEN",
        "value": "{placeholder}"
      },
      {
        "name": "GIT_TERMINAL_PROMPT",
        "value": "0"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.github.com/user",
      "headers": []
    },
    "refresh": null,
    "expiry": "A classic token lasts as long as was chosen, a fine-grained one at most a year, one of `gh auth token` until it is revoked."
  },
  {
    "name": "gitlab",
    "description": "A personal, project or group access token of GitLab",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "gitlab.com"
          },
          {
            "kind": "one-label",
            "suffix": "gitlab.com"
          }
        ],
        "paths": [
          "/api/**"
        ],
        "into": {
          "kind": "header",
          "header": "private-token",
          "prefix": ""
        },
        "carriers": [
          "authorization",
          "deploy-token",
          "job-token",
          "private-token"
        ],
        "queryCarriers": [
          "access_token",
          "job_token",
          "private_token"
        ],
        "merge": [],
        "ownHosts": true
      },
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "gitlab.com"
          },
          {
            "kind": "one-label",
            "suffix": "gitlab.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "basic",
          "user": "oauth2"
        },
        "carriers": [
          "authorization",
          "deploy-token",
          "job-token",
          "private-token"
        ],
        "queryCarriers": [
          "access_token",
          "job_token",
          "private_token"
        ],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "glpat-coopPlaceholder{alnum:5}",
    "environment": [
      {
        "name": "GITLAB_TOKEN",
        "value": "{placeholder}"
      },
      {
        "name": "GIT_TERMINAL_PROMPT",
        "value": "0"
      },
      {
        "name": "GL_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://gitlab.com/api/v4/user",
      "headers": []
    },
    "refresh": null,
    "expiry": "It lasts as long as was chosen, at most a year."
  },
  {
    "name": "graphite",
    "description": "A token of Graphite's command line",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.graphite.com"
          },
          {
            "kind": "one-label",
            "suffix": "graphite.com"
          },
          {
            "kind": "exact",
            "name": "api.graphite.dev"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "token "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "coopPlaceholder{alnum:45}",
    "environment": [
      {
        "name": "GRAPHITE_TOKEN",
        "value": "{placeholder}"
      },
      {
        "name": "GT_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [
      {
        "path": ".config/graphite/user_config",
        "content": "{\"authToken\":\"{placeholder}\"}"
      }
    ],
    "test": null,
    "refresh": null,
    "expiry": null
  },
  {
    "name": "huggingface",
    "description": "An access token of Hugging Face",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "huggingface.co"
          },
          {
            "kind": "one-label",
            "suffix": "huggingface.co"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "hf_coopPlaceholder{alnum:19}",
    "environment": [
      {
        "name": "HF_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://huggingface.co/api/whoami-v2",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "linear",
    "description": "An API key of Linear",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.linear.app"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": ""
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "lin_api_coopPlaceholder{alnum:25}",
    "environment": [
      {
        "name": "LINEAR_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": null,
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "meta",
    "description": "An access token of Meta's Graph API",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "graph.facebook.com"
          },
          {
            "kind": "exact",
            "name": "graph.instagram.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [
          "access_token"
        ],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "EAACoopPlaceholder{alnum:180}",
    "environment": [
      {
        "name": "META_ACCESS_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://graph.facebook.com/me",
      "headers": []
    },
    "refresh": null,
    "expiry": "A token of a user lasts one or two hours; one of a system user does not expire."
  },
  {
    "name": "npm",
    "description": "An access token of the npm registry",
    "places": [
      {
        "hosts": [
          {
            "kind": "one-label",
            "suffix": "npmjs.org"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "npm_coopPlaceholder{alnum:21}",
    "environment": [
      {
        "name": "NODE_AUTH_TOKEN",
        "value": "{placeholder}"
      },
      {
        "name": "NPM_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": null,
    "refresh": null,
    "expiry": "A granular token lasts as long as was chosen."
  },
  {
    "name": "openai",
    "description": "An API key of OpenAI",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.openai.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "sk-coopPlaceholder{alnum:33}",
    "environment": [
      {
        "name": "OPENAI_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.openai.com/v1/models",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "openrouter",
    "description": "An API key of OpenRouter",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "openrouter.ai"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization",
          "x-api-key"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "sk-or-v1-{hex:64}",
    "environment": [
      {
        "name": "OPENROUTER_API_KEY",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://openrouter.ai/api/v1/key",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "pypi",
    "description": "An API token of PyPI, for uploads",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "upload.pypi.org"
          }
        ],
        "paths": [],
        "into": {
          "kind": "basic",
          "user": "__token__"
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "pypi-AgEIcHlwaS5vcmcCoopPlaceholder{base64url:120}",
    "environment": [
      {
        "name": "TWINE_PASSWORD",
        "value": "{placeholder}"
      },
      {
        "name": "TWINE_USERNAME",
        "value": "__token__"
      },
      {
        "name": "UV_PUBLISH_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": null,
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "sentry",
    "description": "An auth token of Sentry",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "sentry.io"
          },
          {
            "kind": "one-label",
            "suffix": "sentry.io"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": true
      }
    ],
    "placeholder": "sntryu_{hex:64}",
    "environment": [
      {
        "name": "SENTRY_AUTH_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://sentry.io/api/0/",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "telegram",
    "description": "The token of a Telegram bot",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.telegram.org"
          }
        ],
        "paths": [],
        "into": {
          "kind": "path",
          "prefix": "bot"
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "1000000000:AAcoop-placeholder-{base64url:16}",
    "environment": [
      {
        "name": "TELEGRAM_BOT_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.telegram.org/bot{placeholder}/getMe",
      "headers": []
    },
    "refresh": null,
    "expiry": "It does not expire by itself."
  },
  {
    "name": "vercel",
    "description": "An access token of Vercel",
    "places": [
      {
        "hosts": [
          {
            "kind": "exact",
            "name": "api.vercel.com"
          },
          {
            "kind": "one-label",
            "suffix": "vercel.com"
          }
        ],
        "paths": [],
        "into": {
          "kind": "header",
          "header": "authorization",
          "prefix": "Bearer "
        },
        "carriers": [
          "authorization"
        ],
        "queryCarriers": [],
        "merge": [],
        "ownHosts": false
      }
    ],
    "placeholder": "coopPlaceholder{alnum:9}",
    "environment": [
      {
        "name": "VERCEL_TOKEN",
        "value": "{placeholder}"
      }
    ],
    "files": [],
    "test": {
      "method": "GET",
      "url": "https://api.vercel.com/v2/user",
      "headers": []
    },
    "refresh": null,
    "expiry": "It lasts as long as was chosen."
  }
];
