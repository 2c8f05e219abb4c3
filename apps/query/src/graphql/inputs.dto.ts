import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  registerDecorator,
} from 'class-validator';
import { isTimeZone } from '#domain';

const NAME_MAX = 100;
const DOMAINS_MAX = 50;
const PASSWORD_MIN = 10;
const PASSWORD_MAX = 200;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;
const DOMAIN_WORDS =
  'each of domains must be a host name such as example.com, without https:// or path';
const CURRENCIES = Intl.supportedValuesOf('currency');

/** Accepts the names of IANA time zones. */
function IsTimeZone(): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name: 'isTimeZone',
      target: target.constructor,
      propertyName: String(propertyName),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isTimeZone(value),
        defaultMessage: () => 'timeZone must be an IANA zone such as Europe/Berlin',
      },
    });
  };
}

export class CreateSiteInput {
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,40}$/, { message: 'id must be 1 to 40 of a–z, 0–9 and “-”' })
  id?: string | null;

  @IsString()
  @Length(1, NAME_MAX)
  name!: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(DOMAINS_MAX)
  @Matches(DOMAIN, { each: true, message: DOMAIN_WORDS })
  domains!: string[];

  @IsTimeZone()
  timeZone!: string;

  @IsIn(CURRENCIES, { message: 'currency must be an ISO 4217 code such as EUR' })
  currency!: string;
}

export class UpdateSiteInput {
  @IsOptional()
  @IsString()
  @Length(1, NAME_MAX)
  name?: string | null;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(DOMAINS_MAX)
  @Matches(DOMAIN, { each: true, message: DOMAIN_WORDS })
  domains?: string[] | null;
}

export class CreateTokenInput {
  @IsString()
  @Length(1, NAME_MAX)
  name!: string;

  @IsIn(['ADMIN', 'READ', 'WRITE'])
  role!: 'ADMIN' | 'READ' | 'WRITE';

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  siteIds?: string[] | null;
}

export class CreateAdministratorInput {
  @IsString()
  setupToken!: string;

  @IsString()
  @Length(1, NAME_MAX)
  name!: string;

  @IsString()
  @Length(PASSWORD_MIN, PASSWORD_MAX, {
    message: `password must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`,
  })
  password!: string;
}

export class SignInArgs {
  @IsString()
  @Length(1, NAME_MAX)
  name!: string;

  @IsString()
  @Length(1, PASSWORD_MAX)
  password!: string;
}
